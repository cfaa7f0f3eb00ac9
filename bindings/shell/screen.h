/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stream.h"

G_BEGIN_DECLS

/* The terminal: some lines at its end that are drawn again and again, the frame, and above them lines that stay.
 * There is one in a process, since it sees to it that no end of the process leaves the terminal in disorder. */
typedef struct _Screen Screen;

gboolean screen_is_capable    (int         fd);
int      screen_measure       (int         fd);

Screen  *screen_new           (int         fd,
                               Stream     *stream);
void     screen_close         (Screen     *screen,
                               const char *above);
void     screen_get_size      (Screen     *screen,
                               int        *width,
                               int        *height);
void     screen_resized       (Screen     *screen);
void     screen_show          (Screen     *screen,
                               const char *above,
                               char      **lines);

G_END_DECLS
