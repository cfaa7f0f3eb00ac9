/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "line.h"
#include "run-info.h"

G_BEGIN_DECLS

typedef enum
{
  RUN_LIST_TABLE, /* for people */
  RUN_LIST_IDS,
  RUN_LIST_JSON,  /* one object on one line */
} RunListForm;

/* Prints runs; @runs are RunInfo. */
void run_list_print (GArray      *runs,
                     const Look  *look,
                     RunListForm  form);

G_END_DECLS
