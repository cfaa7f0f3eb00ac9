/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

/**
 * MYRMEX_MAX_NAME_BYTES:
 *
 * The longest name of a task or workflow, in bytes. Names are of `[A-Za-z0-9._-]`.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_NAME_BYTES (128)

/**
 * MYRMEX_MAX_DEFINITION_BYTES:
 *
 * The largest definition, in bytes.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_DEFINITION_BYTES (8 * 1024 * 1024)

/**
 * MYRMEX_MAX_JSON_DEPTH:
 *
 * How deep arrays and objects may nest in JSON.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_JSON_DEPTH (64)

/**
 * MYRMEX_MAX_ARGV_BYTES:
 *
 * The longest argument list of a command after its templates are filled, in bytes.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_ARGV_BYTES (128 * 1024)

/**
 * MYRMEX_MAX_ENVIRONMENT_BYTES:
 *
 * The largest environment that a task may add, in bytes.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_ENVIRONMENT_BYTES (128 * 1024)

/**
 * MYRMEX_MAX_WORKFLOW_DEPTH:
 *
 * How deep workflows may run workflows.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_WORKFLOW_DEPTH (8)

/**
 * MYRMEX_MAX_EXPRESSION_BYTES:
 *
 * The longest expression, in bytes.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_EXPRESSION_BYTES (4 * 1024)

/**
 * MYRMEX_MAX_EXPRESSION_DEPTH:
 *
 * How deep an expression may nest.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_EXPRESSION_DEPTH (64)

/**
 * MYRMEX_MAX_VALUE_BYTES:
 *
 * The largest value of a result, in bytes.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_VALUE_BYTES (1024 * 1024)

/**
 * MYRMEX_MAX_LOG_BYTES:
 *
 * The largest log of one attempt, in bytes.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_LOG_BYTES (64 * 1024 * 1024)

/**
 * MYRMEX_MAX_RUN_PRIORITY:
 *
 * The highest priority of a run; the lowest is its negative.
 *
 * Since: 1.0
 */
#define MYRMEX_MAX_RUN_PRIORITY (1000)
