/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <string.h>

#include "model/myrmex-retry-policy.h"

/* What the documentation of `retry_on` says, word by word. */
static gboolean
stands_for (const char *entry,
            const char *name)
{
  const char *dash = strrchr (entry, '-');
  const char *separator = NULL;

  if (g_str_equal (entry, name))
    return TRUE;

  for (const char *at = name; *at != '\0'; at++)
    {
      if (*at == '-' || *at == ':')
        separator = at;
    }
  if (separator != NULL && strlen (entry) == (gsize) (separator - name) && g_str_has_prefix (name, entry))
    return TRUE;

  if (dash == NULL || strlen (entry) != strlen (name) || strncmp (entry, name, (gsize) (dash + 1 - entry)) != 0)
    return FALSE;
  for (gsize i = (gsize) (dash + 1 - entry); entry[i] != '\0'; i++)
    {
      if (entry[i] != name[i] && !(entry[i] == 'x' && g_ascii_isdigit (name[i])))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_named (char **entries,
          char **names)
{
  for (gsize i = 0; entries[i] != NULL; i++)
    {
      for (gsize j = 0; names[j] != NULL; j++)
        {
          if (stands_for (entries[i], names[j]))
            return TRUE;
        }
    }
  return FALSE;
}

/* The first line is a failure, with its names; each line after it is an entry of `retry_on`. */
int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_auto (GStrv) names = NULL;
  g_autoptr (MyrmexRetryPolicy) policy = NULL;
  g_autoptr (GError) error = NULL;
  gboolean expected;

  if (lines[0] == NULL)
    return 0;

  policy = myrmex_retry_policy_new_full (3, 0, 1, 0, 0, 0, (const char * const *) lines + 1, &error);
  g_assert_no_error (error);

  /* Of no text there is one name, too: the empty one. */
  names = lines[0][0] != '\0' ? g_strsplit (lines[0], " ", -1) : g_strsplit ("\n", "\n", 1);
  if (lines[0][0] == '\0')
    names[0][0] = '\0';
  expected = lines[1] == NULL || is_named (lines + 1, names);
  g_assert_true (myrmex_retry_policy_matches (policy, lines[0]) == expected);
  return 0;
}
