/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-web-ui-live.h"
#include "reeve-web-ui-viewer.h"

G_BEGIN_DECLS

/* What the files of the live stream share. */

struct _ReeveWebUiLive
{
  ReeveContext *context;
  guint watch;
  ReeveFleet *fleet;     /* NULL: nobody knows systems now */
  guint fleet_watch;     /* 0: nobody looks */
  char *boot;            /* of the fleet's revisions */
  guint64 revision;      /* of the last change that came */
  guint64 list_revision; /* of the last one that a list may show, other than values */
  gboolean refused;      /* the history takes no samples now */
  GPtrArray *streams;    /* of ReeveWebUiLiveStream */
  GHashTable *rows;      /* id to ReeveWebUiLiveRow, owned */
  GPtrArray *dirty;      /* of those that are to be told */
  gboolean counting;     /* the counts are to be told */
  gint64 counted;        /* when they were, monotonic */
  ReeveTimer *flush;
  ReeveTimer *ping;
};

/* A system that somebody watches. */
typedef struct
{
  char *id;
  GPtrArray *streams; /* who does */
  gint64 told;        /* when, monotonic */
  gboolean dirty;
  guint64 revision;
} ReeveWebUiLiveRow;

void reeve_web_ui_live_row_free (ReeveWebUiLiveRow *self);

/* A system whose samples a stream gets. */
typedef struct
{
  char *id;
  gint64 last; /* the moment of the sample that it got last */
} ReeveWebUiLiveFollowed;

/* One open stream. It may end whenever something is sent to it: whoever sends twice holds it. */
typedef struct
{
  ReeveWebUiLive *live;
  ReeveWebUiViewer *viewer;
  char *id;
  GPtrArray *followed; /* of ReeveWebUiLiveFollowed */
  GHashTable *rows;    /* set of ReeveWebUiLiveRow */
  gboolean watching;   /* what it sees was said */
  guint64 since;       /* up to where it was told before it broke off; 0: nothing */
  guint64 mark;        /* of the last event: up to where it knows all that it watches */
  GString *event;      /* rows to be sent; NULL: none */
  GPtrArray *events;   /* of char *: those that are full, to be sent before */
} ReeveWebUiLiveStream;

/* @ended: as of a viewer. (transfer full) */
ReeveWebUiLiveStream *reeve_web_ui_live_stream_new (ReeveWebUiLive *live, ReeveHttpRequest *request,
                                                    GFunc ended);
ReeveWebUiLiveStream *reeve_web_ui_live_stream_ref (ReeveWebUiLiveStream *self);
void reeve_web_ui_live_stream_unref (ReeveWebUiLiveStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWebUiLiveStream, reeve_web_ui_live_stream_unref)
/* Has nothing to do with the fleet any more. */
void reeve_web_ui_live_stream_detach (ReeveWebUiLiveStream *self);

/* @data: JSON. @mark: all that it watches is told with it. */
void reeve_web_ui_live_stream_send (ReeveWebUiLiveStream *self, const char *event, const char *data,
                                    gboolean mark);
void reeve_web_ui_live_stream_send_removed (ReeveWebUiLiveStream *self, const char *id);
/* @row: JSON; goes with the others in reeve_web_ui_live_stream_send_rows(). */
void reeve_web_ui_live_stream_add_row (ReeveWebUiLiveStream *self, const char *row);
void reeve_web_ui_live_stream_send_rows (ReeveWebUiLiveStream *self);
/* In place of those before. */
void reeve_web_ui_live_stream_follow (ReeveWebUiLiveStream *self, const char *const *systems);
/* NULL: it does not follow it. */
ReeveWebUiLiveFollowed *reeve_web_ui_live_stream_get_followed (ReeveWebUiLiveStream *self,
                                                               const char *id);
void reeve_web_ui_live_stream_unfollow (ReeveWebUiLiveStream *self,
                                        ReeveWebUiLiveFollowed *followed);
/* Sends those that it did not watch before, unless they are known to it. */
void reeve_web_ui_live_stream_set_rows (ReeveWebUiLiveStream *self, const char *const *systems);
void reeve_web_ui_live_stream_unwatch (ReeveWebUiLiveStream *self, ReeveWebUiLiveRow *row);

/* Of a ReeveFleetEachFunc whose data is a GString **: a new text with the row's JSON. */
void reeve_web_ui_live_write_row_cb (const ReeveSystemView *view, gpointer user_data);
gint64 reeve_web_ui_live_now (ReeveWebUiLive *self);
/* Something is left to be told. */
void reeve_web_ui_live_flush_soon (ReeveWebUiLive *self);

G_END_DECLS
