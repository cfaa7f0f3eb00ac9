/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* OpenMP's tasks with dependencies: one byte for each task, which those that depend on it read. */

#include <stdlib.h>

#include "peer-graph.h"

static double
run (PeerShape shape,
     uint32_t  n)
{
  char *done;
  uint32_t ran = 0;
  const int64_t begin = peer_now ();

  done = calloc (n, 1);
  if (done == NULL)
    abort ();

#pragma omp parallel
#pragma omp single
  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t on[PEER_MAX_DEPENDENCIES] = { 0 };

      switch (peer_dependencies (shape, n, i, on))
        {
        case 0:
#pragma omp task depend(out: done[i]) shared(ran)
          {
            __atomic_fetch_add (&ran, 1, __ATOMIC_RELAXED);
          }
          break;
        case 1:
#pragma omp task depend(in: done[on[0]]) depend(out: done[i]) shared(ran)
          {
            __atomic_fetch_add (&ran, 1, __ATOMIC_RELAXED);
          }
          break;
        default:
#pragma omp task depend(in: done[on[0]], done[on[1]]) depend(out: done[i]) shared(ran)
          {
            __atomic_fetch_add (&ran, 1, __ATOMIC_RELAXED);
          }
          break;
        }
    }

  free (done);
  if (ran != n)
    abort ();
  return (double) (peer_now () - begin);
}

int
main (int    argc,
      char **argv)
{
  return peer_main (argc, argv, run);
}
