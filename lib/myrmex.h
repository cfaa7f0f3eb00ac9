/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define MYRMEX_INSIDE

#include "base/myrmex-enums.h"
#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"
#include "base/myrmex-value.h"
#include "base/myrmex-version.h"
#include "base/myrmex-version-macros.h"
#include "base/myrmex-enum-types.h"

#undef MYRMEX_INSIDE
