/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LAYER_WIDTH (1000)

const char *const peer_shape_names[PEER_N_SHAPES] = { "wide", "chain", "layered", "tree", "wavefront" };

/* Fills in on what a task depends; returns how many those are. */
uint32_t
peer_dependencies (PeerShape  shape,
                   uint32_t   n,
                   uint32_t   task,
                   uint32_t   dependencies[PEER_MAX_DEPENDENCIES])
{
  uint32_t count = 0;

  if (shape == PEER_CHAIN && task > 0)
    {
      dependencies[count++] = task - 1;
    }
  else if (shape == PEER_LAYERED && task >= LAYER_WIDTH)
    {
      const uint32_t layer = (task / LAYER_WIDTH - 1) * LAYER_WIDTH;

      dependencies[count++] = layer + task % LAYER_WIDTH;
      dependencies[count++] = layer + (task + 1) % LAYER_WIDTH;
    }
  else if (shape == PEER_TREE && task > 0)
    {
      dependencies[count++] = (task - 1) / 2;
    }
  else if (shape == PEER_WAVEFRONT)
    {
      const uint32_t side = (uint32_t) sqrt ((double) n);

      if (task % side > 0)
        dependencies[count++] = task - 1;
      if (task >= side)
        dependencies[count++] = task - side;
    }
  return count;
}

int64_t
peer_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The program of a peer: SHAPE TASKS ROUNDS in, nanoseconds a task out, of the best round. */
int
peer_main (int       argc,
           char    **argv,
           PeerFunc  func)
{
  if (argc != 4)
    {
      fprintf (stderr, "usage: %s SHAPE TASKS ROUNDS\n", argv[0]);
      return 2;
    }

  for (int shape = 0; shape < PEER_N_SHAPES; shape++)
    {
      const uint32_t n = (uint32_t) strtoul (argv[2], NULL, 10);
      double best = HUGE_VAL;

      if (strcmp (argv[1], peer_shape_names[shape]) != 0)
        continue;
      for (int round = 0; round < atoi (argv[3]); round++)
        best = fmin (best, func ((PeerShape) shape, n));
      printf ("%.1f\n", best / n);
      return 0;
    }
  fprintf (stderr, "no shape '%s'\n", argv[1]);
  return 2;
}
