/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-backoff-private.h"
#include "model/myrmex-retry-policy.h"

G_BEGIN_DECLS

#define MYRMEX_RETRY_MAX_ATTEMPTS (1000000)

/* About thirty years: far beyond any use, and far from overflowing microseconds. */
#define MYRMEX_MAX_SECONDS (1e9)

struct _MyrmexRetryPolicy
{
  gatomicrefcount   ref_count;
  MyrmexBackoff     backoff;
  char            **retry_on;   /* NULL: everything */
};

G_END_DECLS
