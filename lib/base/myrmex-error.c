/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-error.h"

/**
 * myrmex_error_quark:
 *
 * Gets the quark of the error domain.
 *
 * Returns: the quark
 *
 * Since: 1.0
 */
G_DEFINE_QUARK (myrmex-error-quark, myrmex_error)
