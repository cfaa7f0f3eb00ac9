/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <libintl.h>

/* Where the translations of the library are. A program may get a translated text before it has called anything
 * that could see to this, so it happens when the library is loaded. */
__attribute__ ((constructor)) static void
bind_text_domain (void)
{
  bindtextdomain (GETTEXT_PACKAGE, MYRMEX_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}
