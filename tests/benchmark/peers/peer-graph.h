/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The graphs that are run by Myrmex and by its peers: nothing of GLib here, since not all of them use it. Each task
 * comes after what it depends on. */

typedef enum
{
  PEER_WIDE,       /* no dependencies */
  PEER_CHAIN,      /* each on the one before it */
  PEER_LAYERED,    /* layers of a thousand, each task on two of the layer before it */
  PEER_TREE,       /* a binary tree, from its root */
  PEER_WAVEFRONT,  /* a square, each on the one above it and the one to its left */
  PEER_N_SHAPES
} PeerShape;

#define PEER_MAX_DEPENDENCIES (2)

extern const char *const peer_shape_names[PEER_N_SHAPES];

uint32_t peer_dependencies (PeerShape  shape,
                            uint32_t   n,
                            uint32_t   task,
                            uint32_t   dependencies[PEER_MAX_DEPENDENCIES]);

/* Runs the graph once with tasks that do nothing; returns what it took, all in, in nanoseconds. */
typedef double (*PeerFunc) (PeerShape shape,
                            uint32_t  n);

int64_t  peer_now          (void);
int      peer_main         (int        argc,
                            char     **argv,
                            PeerFunc   func);

#ifdef __cplusplus
}
#endif
