/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* oneTBB's flow graph: a node for each task, an edge for each dependency. */

#include <atomic>
#include <cstdlib>
#include <deque>

#include <tbb/flow_graph.h>

#include "peer-graph.h"

using Node = tbb::flow::continue_node<tbb::flow::continue_msg>;

static double
run (PeerShape shape,
     uint32_t  n)
{
  std::atomic<uint32_t> ran { 0 };
  const int64_t begin = peer_now ();

  {
    tbb::flow::graph graph;
    std::deque<Node> nodes;
    std::deque<Node *> roots;

    for (uint32_t i = 0; i < n; i++)
      {
        uint32_t dependencies[PEER_MAX_DEPENDENCIES];
        const uint32_t count = peer_dependencies (shape, n, i, dependencies);

        nodes.emplace_back (graph, [&ran] (const tbb::flow::continue_msg &) {
          ran.fetch_add (1, std::memory_order_relaxed);
        });
        for (uint32_t j = 0; j < count; j++)
          tbb::flow::make_edge (nodes[dependencies[j]], nodes[i]);
        if (count == 0)
          roots.push_back (&nodes[i]);
      }
    for (Node *root : roots)
      root->try_put (tbb::flow::continue_msg ());
    graph.wait_for_all ();
  }

  if (ran != n)
    std::abort ();
  return static_cast<double> (peer_now () - begin);
}

int
main (int    argc,
      char **argv)
{
  return peer_main (argc, argv, run);
}
