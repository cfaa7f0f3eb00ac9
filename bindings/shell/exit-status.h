/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the command tells who started it. The man page and --help have the same list. */
typedef enum
{
  EXIT_STATUS_DONE = 0,
  EXIT_STATUS_FAILED = 1,
  EXIT_STATUS_USAGE = 2,
  EXIT_STATUS_DEFINITION = 65, /* EX_DATAERR of sysexits.h */
  EXIT_STATUS_UNAVAILABLE = 69, /* EX_UNAVAILABLE */
  EXIT_STATUS_TIMED_OUT = 124, /* as timeout(1) */
  EXIT_STATUS_INTERRUPTED = 130,
} ExitStatus;
