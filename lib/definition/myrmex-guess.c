/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "definition/myrmex-guess-private.h"

#include <string.h>

/* What GitHub Actions, make-like tools, compose files and Python's orchestrators call it. */
static const struct
{
  const char *theirs;
  const char *ours;
} synonyms[] = {
  { "action", "command" },
  { "after", "dependencies" },
  { "always", "all_done" },
  { "args", "arguments" },
  { "args", "command" },
  { "argv", "arguments" },
  { "argv", "command" },
  { "attempts", "max_attempts" },
  { "backoff", "exponential_base" },
  { "bool", "boolean" },
  { "choices", "enum" },
  { "cmd", "command" },
  { "concurrency", "max_parallel" },
  { "cwd", "directory" },
  { "delay", "initial_delay" },
  { "depends", "dependencies" },
  { "depends_on", "dependencies" },
  { "dict", "object" },
  { "double", "number" },
  { "env_vars", "env" },
  { "environment", "env" },
  { "exclude", "skip" },
  { "exec", "command" },
  { "exit_codes", "allowed_exit_codes" },
  { "factor", "exponential_base" },
  { "failed", "one_failed" },
  { "failure", "one_failed" },
  { "float", "number" },
  { "glob", "pattern" },
  { "help", "description" },
  { "if", "condition" },
  { "ignore", "skip" },
  { "include", "pattern" },
  { "inputs", "parameters" },
  { "int", "integer" },
  { "jobs", "tasks" },
  { "labels", "tags" },
  { "list", "array" },
  { "max_depth", "depth" },
  { "max_retries", "max_attempts" },
  { "multiplier", "exponential_base" },
  { "needs", "dependencies" },
  { "on_failure", "trigger_rule" },
  { "options", "enum" },
  { "parallel", "max_parallel" },
  { "params", "parameters" },
  { "recursive", "depth" },
  { "requires", "dependencies" },
  { "retries", "retry_policy" },
  { "retry", "retry_policy" },
  { "retry_delay", "retry_policy" },
  { "run", "shell" },
  { "script", "shell" },
  { "steps", "tasks" },
  { "skip_scripts", "skip" },
  { "stop_on_error", "fail_fast" },
  { "str", "string" },
  { "success", "all_success" },
  { "summary", "description" },
  { "text", "string" },
  { "title", "description" },
  { "transform_result", "transform" },
  { "values", "enum" },
  { "vars", "parameters" },
  { "version", "myrmex" },
  { "when", "condition" },
  { "workdir", "directory" },
  { "working_directory", "directory" },
};

/* @word must live as long as the guess. */
void
myrmex_guess_init (MyrmexGuess *self,
                   const char  *word)
{
  myrmex_nearest_init (&self->nearest, word);
  memset (self->synonyms, 0, sizeof self->synonyms);
  self->best = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (synonyms); i++)
    {
      /* `depends-on` is `depends_on`. */
      const char *theirs = synonyms[i].theirs;
      gsize at = 0;

      while (theirs[at] != '\0' &&
             (g_ascii_tolower (word[at]) == theirs[at] || (word[at] == '-' && theirs[at] == '_')))
        at++;
      if (theirs[at] == '\0' && word[at] == '\0')
        self->synonyms[self->synonyms[0] != NULL ? 1 : 0] = synonyms[i].ours;
    }
}

/* @candidate must live as long as @self is used. */
void
myrmex_guess_offer (MyrmexGuess *self,
                    const char  *candidate)
{
  myrmex_nearest_offer (&self->nearest, candidate);
  if (g_strcmp0 (candidate, self->synonyms[0]) == 0 || g_strcmp0 (candidate, self->synonyms[1]) == 0)
    {
      self->nearest.best = candidate;
      self->nearest.distance = 0;
    }
  self->best = self->nearest.best;
}

void
myrmex_guess_offer_all (MyrmexGuess        *self,
                        const char * const *candidates,
                        gsize               n)
{
  for (gsize i = 0; i < n; i++)
    myrmex_guess_offer (self, candidates[i]);
}
