/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/myrmex-process-host-private.h"

G_BEGIN_DECLS

/* What a service and its supervisor tell each other, over a stream socket of their user: frames of a header of 8 bytes
 * (the length of what follows, the kind, whether a descriptor comes with it) and a value in the serialization of
 * GVariant, in the machine's order of bytes. Both sides begin with HELLO. Nothing of a frame is used before all of it
 * has been checked; a frame that is not as it has to be ends the connection. */

#define MYRMEX_PROCESS_WIRE_NAME "myrmex-supervisor"
#define MYRMEX_PROCESS_WIRE_VERSION (1)

/* What is told of a command and of its end, see myrmex-process-words.c. */
#define MYRMEX_PROCESS_WORDS G_VARIANT_TYPE ("at")

/* A command's arguments and environment, or its value and tail, in bytes. */
#define MYRMEX_PROCESS_MAX_FRAME_BYTES (4 * 1024 * 1024)

typedef enum
{
  MYRMEX_FRAME_HELLO = 1, /* name, version */

  /* To the supervisor. A command is named by its cookie. */
  MYRMEX_FRAME_START,     /* see myrmex_process_spec_to_variant(); at most one start for each cookie */
  MYRMEX_FRAME_ASK,       /* how it stands; from then on what becomes of it is told */
  MYRMEX_FRAME_STOP,
  MYRMEX_FRAME_KILL,
  MYRMEX_FRAME_FORGET,    /* what became of these is on the disk */
  MYRMEX_FRAME_SETTLE,    /* whatever was not started or asked for on this connection is ended and forgotten */

  /* From the supervisor. The last three are the answers to START and ASK too, where a command has come that far. */
  MYRMEX_FRAME_TAKEN,     /* another service has taken over */
  MYRMEX_FRAME_PROGRESS,  /* cookie, done, total, message */
  MYRMEX_FRAME_UNKNOWN,   /* cookie */
  MYRMEX_FRAME_STARTED,   /* cookie, pid */
  MYRMEX_FRAME_FAILED,    /* cookie, code of MYRMEX_ERROR, message: it could not be started */
  MYRMEX_FRAME_ENDED,     /* see myrmex_process_result_to_variant(); kept until FORGET, as FAILED is */
  MYRMEX_N_FRAMES,
} MyrmexFrameKind;

typedef struct
{
  MyrmexFrameKind  kind;
  GVariant        *body;
  int              fd;       /* -1: none */
  gboolean         lacks_fd; /* it came with one, for which there was no room */
} MyrmexFrame;

typedef struct
{
  MyrmexProcessSource  source;
  MyrmexProcessHost   *host;      /* that watches it; NULL: nobody */
  gboolean             is_deaf;   /* nothing can be sent any more */
  gboolean             is_broken; /* nothing can be read any more */
  GByteArray          *in;
  gsize                n_taken;   /* bytes of in */
  GArray              *fds;       /* that came, for the frames to come */
  GQueue               out;
  gsize                n_out;     /* bytes in out */
} MyrmexProcessChannel;

MyrmexProcessChannel *myrmex_process_connect            (MyrmexProcessHost          *host,
                                                         const char                 *path,
                                                         gboolean                    launches,
                                                         GError                    **error);
MyrmexProcessChannel *myrmex_process_channel_new        (int                         fd);
void                  myrmex_process_channel_free       (MyrmexProcessChannel       *self);
gboolean              myrmex_process_channel_watch      (MyrmexProcessChannel       *self,
                                                         MyrmexProcessHost          *host,
                                                         MyrmexProcessReadyFunc      ready);
gboolean              myrmex_process_channel_put        (MyrmexProcessChannel       *self,
                                                         MyrmexFrameKind             kind,
                                                         GVariant                   *body,
                                                         int                         fd);
gboolean              myrmex_process_channel_send       (MyrmexProcessChannel       *self,
                                                         MyrmexFrameKind             kind,
                                                         GVariant                   *body,
                                                         int                         fd);
gboolean              myrmex_process_channel_flush      (MyrmexProcessChannel       *self);
gboolean              myrmex_process_channel_read       (MyrmexProcessChannel       *self);
gboolean              myrmex_process_channel_next       (MyrmexProcessChannel       *self,
                                                         MyrmexFrame                *frame);
gboolean              myrmex_process_channel_send_hello (MyrmexProcessChannel       *self);
gboolean              myrmex_process_hello_is_ours      (const MyrmexFrame          *frame);
void                  myrmex_frame_clear                (MyrmexFrame                *frame);

GVariant             *myrmex_process_spec_to_variant    (const MyrmexProcessSpec    *spec,
                                                         const char                 *cookie,
                                                         char                      **environment);
gboolean              myrmex_process_spec_from_variant  (GVariant                   *variant,
                                                         MyrmexProcessSpec          *spec);
void                  myrmex_process_spec_clear         (MyrmexProcessSpec          *spec);
GVariant             *myrmex_process_result_to_variant  (const MyrmexProcessResult  *result,
                                                         const char                 *cookie);
const char           *myrmex_process_result_get_cookie  (GVariant                   *variant);
gboolean              myrmex_process_result_from_variant (GVariant                  *variant,
                                                         MyrmexProcessResult        *result,
                                                         GError                    **log_error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MyrmexFrame, myrmex_frame_clear)

G_END_DECLS
