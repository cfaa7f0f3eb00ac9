/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include <glib.h>

#ifndef _MYRMEX_EXTERN
#define _MYRMEX_EXTERN __attribute__ ((visibility ("default"))) extern
#endif

#define MYRMEX_AVAILABLE_IN_ALL _MYRMEX_EXTERN
#define MYRMEX_AVAILABLE_IN_1_0 _MYRMEX_EXTERN
