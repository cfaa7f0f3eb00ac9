/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <myrmex.h>
#include <stdio.h>

int
main (void)
{
  SNIPPET
  return 0;
}
