/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What `myrmex doctor` looks at. Nothing of it changes anything; only the bus is asked to start the service. */

typedef enum
{
  DOCTOR_OK,
  DOCTOR_NOTE,    /* works, and may not be what is wanted */
  DOCTOR_PROBLEM, /* something does not work */
} DoctorLevel;

typedef struct
{
  const char  *check; /* the same in all languages */
  DoctorLevel  level;
  char        *text;
  char        *advice; /* nullable: what to do */
} DoctorFinding;

typedef struct
{
  GPtrArray *findings; /* of DoctorFinding */
} Doctor;

Doctor *doctor_new                (void) G_GNUC_WARN_UNUSED_RESULT;
void    doctor_free               (Doctor      *self);
void    doctor_add                (Doctor      *self,
                                   const char  *check,
                                   DoctorLevel  level,
                                   char        *text,
                                   char        *advice);
gboolean doctor_has_problem       (Doctor      *self);
void    doctor_print_text         (Doctor      *self);
void    doctor_print_json         (Doctor      *self);

/* What a program says on standard output, its end removed; %NULL where it does not end well, or not in time. */
char   *doctor_ask_program        (const char * const *argv,
                                   char              **complaint) G_GNUC_WARN_UNUSED_RESULT;

/* Each checks one thing, in the order in which they are told. */
void    doctor_check_installation (Doctor      *self);
void    doctor_check_languages    (Doctor      *self);
void    doctor_check_settings     (Doctor      *self);
void    doctor_check_limits       (Doctor      *self);
void    doctor_check_folders      (Doctor      *self);
void    doctor_check_journal      (Doctor      *self);
void    doctor_check_supervisor   (Doctor      *self);
void    doctor_check_bus          (Doctor      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Doctor, doctor_free)

G_END_DECLS
