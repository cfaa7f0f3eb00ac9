/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/myrmex-report-private.h"

G_BEGIN_DECLS

/* How a status looks. Told apart without red and green: completed leans to blue, failed to orange, and what failed is
 * hatched besides. */
typedef struct
{
  const char *name;       /* class in CSS, and in Mermaid */
  const char *light;      /* a bar, or the border of a node */
  const char *light_tint; /* the inside of a node */
  const char *dark;
  const char *dark_tint;
} MyrmexPaint;

const MyrmexPaint *myrmex_palette_get        (MyrmexTaskStatus  status);

G_END_DECLS
