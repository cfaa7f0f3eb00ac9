/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-nearest-private.h"

G_BEGIN_DECLS

/* Finds what somebody meant by a word that is none here: the one that other tools' word for it stands for, or
 * else the nearest. */
typedef struct
{
  MyrmexNearest  nearest;
  const char    *synonyms[2]; /* nullable, static */
  const char    *best;        /* borrowed from who offered it; %NULL while there is nothing to guess */
} MyrmexGuess;

void myrmex_guess_init      (MyrmexGuess        *self,
                             const char         *word);
void myrmex_guess_offer     (MyrmexGuess        *self,
                             const char         *candidate);
void myrmex_guess_offer_all (MyrmexGuess        *self,
                             const char * const *candidates,
                             gsize               n);

G_END_DECLS
