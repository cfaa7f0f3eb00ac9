/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/* What libFuzzer calls, and what fuzz-main.c calls as well. It aborts when a property does not hold. */
int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);
