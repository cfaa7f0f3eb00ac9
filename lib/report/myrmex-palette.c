/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "report/myrmex-palette-private.h"

const MyrmexPaint *
myrmex_palette_get (MyrmexTaskStatus status)
{
  static const MyrmexPaint paints[] = {
    [MYRMEX_TASK_STATUS_PENDING] = { "pending", "#a9afb9", "#f4f5f7", "#6b717b", "#2a2d32" },
    [MYRMEX_TASK_STATUS_RUNNING] = { "running", "#2f7fd6", "#deebfa", "#5aa2f0", "#1c3a5e" },
    [MYRMEX_TASK_STATUS_RETRYING] = { "retrying", "#d99a00", "#fdf1d0", "#f2c14e", "#51400f" },
    [MYRMEX_TASK_STATUS_COMPLETED] = { "completed", "#1f9384", "#dff3f0", "#3fb8a8", "#17403b" },
    [MYRMEX_TASK_STATUS_FAILED] = { "failed", "#d1451b", "#fbe3da", "#f2754a", "#5a2412" },
    [MYRMEX_TASK_STATUS_SKIPPED] = { "skipped", "#a9afb9", "#eceef1", "#7a818c", "#33373d" },
    [MYRMEX_TASK_STATUS_CANCELLED] = { "cancelled", "#8a66bd", "#ece4f7", "#b195de", "#3b2f52" },
  };

  return &paints[(guint) status < G_N_ELEMENTS (paints) ? status : MYRMEX_TASK_STATUS_PENDING];
}
