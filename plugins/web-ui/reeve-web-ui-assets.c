/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The built page: read once, checked against its manifest, and served from memory, so that a
 * request never touches a file and a file that is replaced below us never mixes two builds. */

#include "config.h"

#include "reeve-web-ui-assets.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "reeve-web-ui-answer.h"

#define REEVE_WEB_UI_MANIFEST "manifest.json"
#define REEVE_WEB_UI_ASSETS_FOLDER "/assets/"

/* One form of a file: as it is, or packed. */
typedef struct
{
  GBytes *bytes;
  char *etag;
} ReeveWebUiForm;

typedef enum
{
  REEVE_WEB_UI_PLAIN,
  REEVE_WEB_UI_GZIP,
  REEVE_WEB_UI_BROTLI,
  REEVE_WEB_UI_N_FORMS,
} ReeveWebUiFormKind;

/* Those of the page that hold addresses. */
static const char *const reeve_web_ui_attributes[] = { "src", "href" };

static const char *const reeve_web_ui_encodings[REEVE_WEB_UI_N_FORMS] = { NULL, "gzip", "br" };

typedef struct
{
  char *type;
  gboolean immutable;
  ReeveWebUiForm forms[REEVE_WEB_UI_N_FORMS];
} ReeveWebUiAsset;

struct _ReeveWebUiAssets
{
  GHashTable *files; /* path -> ReeveWebUiAsset */
  const ReeveWebUiAsset *index;
  char *base;                 /* for which the next was made, or NULL */
  ReeveWebUiForm based_index; /* the page whose addresses begin with base */
  gsize size;
  GVariant *modules; /* aa{sv} */
};

static void
reeve_web_ui_asset_free (ReeveWebUiAsset *self)
{
  for (guint i = 0; i < REEVE_WEB_UI_N_FORMS; i++)
    {
      g_clear_pointer (&self->forms[i].bytes, g_bytes_unref);
      g_free (self->forms[i].etag);
    }
  g_free (self->type);
  g_free (self);
}

/* ---- loading ---- */

static const char *
reeve_web_ui_assets_get_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

static JsonObject *
reeve_web_ui_assets_get_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* "/assets/main.js": letters, digits, dash, dot, underscore and slash, no dot first in a segment.
 */
static gboolean
reeve_web_ui_assets_is_path (const char *path)
{
  if (path == NULL || path[0] != '/' || path[1] == '\0' || strlen (path) > 255)
    return FALSE;
  for (const char *p = path; *p != '\0'; p++)
    if ((!g_ascii_isalnum (*p) && strchr ("-._/", *p) == NULL) ||
        (*p == '/' && (p[1] == '.' || p[1] == '/')))
      return FALSE;
  return TRUE;
}

static gboolean
reeve_web_ui_assets_load_form (ReeveWebUiAssets *self, const char *directory, JsonObject *entry,
                               ReeveWebUiForm *form, GError **error)
{
  const char *path = reeve_web_ui_assets_get_string (entry, "path");
  const char *sum = reeve_web_ui_assets_get_string (entry, "sha256");
  g_autofree char *file = NULL;
  g_autofree char *real = NULL;
  char *contents;
  gsize length;

  if (!reeve_web_ui_assets_is_path (path) || sum == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   REEVE_WEB_UI_MANIFEST " holds an entry without a plain path or a sha256");
      return FALSE;
    }
  file = g_build_filename (directory, path + 1, NULL);
  if (!g_file_get_contents (file, &contents, &length, error))
    {
      reeve_error_convert (error);
      return FALSE;
    }
  form->bytes = g_bytes_new_take (contents, length);
  self->size += length;
  real = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, form->bytes);
  if (strcmp (real, sum) != 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "'%s' is not the file that " REEVE_WEB_UI_MANIFEST " lists", file);
      return FALSE;
    }
  if (length > REEVE_WEB_UI_ASSET_MAX_SIZE || self->size > REEVE_WEB_UI_ASSETS_MAX_SIZE)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "'%s' is too large", file);
      return FALSE;
    }
  form->etag = g_strdup_printf ("\"%.32s\"", real);
  return TRUE;
}

static gboolean
reeve_web_ui_assets_load_file (ReeveWebUiAssets *self, const char *directory, JsonObject *entry,
                               GError **error)
{
  ReeveWebUiAsset *asset = g_new0 (ReeveWebUiAsset, 1);
  const char *path = reeve_web_ui_assets_get_string (entry, "path");
  const char *type = reeve_web_ui_assets_get_string (entry, "type");
  JsonObject *encodings = reeve_web_ui_assets_get_object (entry, "encodings");

  asset->type = g_strdup (type != NULL ? type : "application/octet-stream");
  asset->immutable = json_object_get_boolean_member_with_default (entry, "immutable", FALSE);
  g_hash_table_insert (self->files, g_strdup (path != NULL ? path : ""), asset);
  if (!reeve_web_ui_assets_load_form (self, directory, entry, &asset->forms[REEVE_WEB_UI_PLAIN],
                                      error))
    return FALSE;
  for (guint i = REEVE_WEB_UI_GZIP; i < REEVE_WEB_UI_N_FORMS && encodings != NULL; i++)
    {
      JsonObject *packed = reeve_web_ui_assets_get_object (encodings, reeve_web_ui_encodings[i]);

      if (packed != NULL &&
          !reeve_web_ui_assets_load_form (self, directory, packed, &asset->forms[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
reeve_web_ui_assets_load_all (ReeveWebUiAssets *self, const char *directory, JsonObject *manifest,
                              GError **error)
{
  JsonNode *node = json_object_get_member (manifest, "files");
  JsonArray *files =
      node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  const char *index = reeve_web_ui_assets_get_string (manifest, "index");
  guint n = files != NULL ? json_array_get_length (files) : 0;

  if (json_object_get_int_member_with_default (manifest, "version", 0) != 1 || n == 0 ||
      n > REEVE_WEB_UI_ASSETS_MAX || index == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   REEVE_WEB_UI_MANIFEST " is of another version than this plugin");
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      node = json_array_get_element (files, i);
      if (!JSON_NODE_HOLDS_OBJECT (node) ||
          !reeve_web_ui_assets_load_file (self, directory, json_node_get_object (node), error))
        {
          if (error != NULL && *error == NULL)
            g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                         REEVE_WEB_UI_MANIFEST " holds an entry that is no object");
          return FALSE;
        }
    }
  self->index = g_hash_table_lookup (self->files, index);
  if (self->index != NULL)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               REEVE_WEB_UI_MANIFEST " does not list the page itself");
  return FALSE;
}

/**
 * reeve_web_ui_assets_load:
 * @directory: where the page was built to or installed
 * @error: what is missing or does not fit, and what to do
 *
 * Returns: (transfer full) (nullable): the files
 */
ReeveWebUiAssets *
reeve_web_ui_assets_load (const char *directory, GError **error)
{
  g_autoptr (ReeveWebUiAssets) self = g_new0 (ReeveWebUiAssets, 1);
  g_autofree char *file = g_build_filename (directory, REEVE_WEB_UI_MANIFEST, NULL);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autofree char *text = NULL;
  gsize length;
  JsonNode *root;

  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) reeve_web_ui_asset_free);
  self->modules = g_variant_ref_sink (g_variant_new ("aa{sv}", NULL));
  if (!g_file_get_contents (file, &text, &length, error) ||
      !json_parser_load_from_data (parser, text, (gssize) length, error))
    {
      reeve_error_convert (error);
      g_prefix_error (error,
                      "cannot read the page (build it by npm run build, or set page-directory of "
                      "[plugin web-ui]): ");
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "'%s' is no JSON object", file);
      return NULL;
    }
  if (!reeve_web_ui_assets_load_all (self, directory, json_node_get_object (root), error))
    {
      g_prefix_error (error, "cannot use the page in '%s': ", directory);
      return NULL;
    }
  return g_steal_pointer (&self);
}

static void
reeve_web_ui_assets_set_form (ReeveWebUiAssets *self, ReeveWebUiForm *form, GBytes *bytes)
{
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  form->bytes = g_bytes_ref (bytes);
  form->etag = g_strdup_printf ("\"%.32s\"", sum);
  self->size += g_bytes_get_size (bytes);
}

gboolean
reeve_web_ui_assets_add (ReeveWebUiAssets *self, const char *path, const char *type, GBytes *bytes,
                         GError **error)
{
  g_autoptr (GBytes) packed = reeve_web_ui_answer_pack (bytes, 9);
  ReeveWebUiAsset *asset;

  if (g_hash_table_size (self->files) >= 2 * REEVE_WEB_UI_ASSETS_MAX ||
      self->size + 2 * g_bytes_get_size (bytes) > 2 * REEVE_WEB_UI_ASSETS_MAX_SIZE)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "there are too many or too large files");
      return FALSE;
    }
  asset = g_new0 (ReeveWebUiAsset, 1);
  asset->type = g_strdup (type);
  asset->immutable = TRUE;
  reeve_web_ui_assets_set_form (self, &asset->forms[REEVE_WEB_UI_PLAIN], bytes);
  if (packed != NULL)
    reeve_web_ui_assets_set_form (self, &asset->forms[REEVE_WEB_UI_GZIP], packed);
  g_hash_table_replace (self->files, g_strdup (path), asset);
  return TRUE;
}

static void
reeve_web_ui_assets_clear_base (ReeveWebUiAssets *self)
{
  g_clear_pointer (&self->base, g_free);
  g_clear_pointer (&self->based_index.bytes, g_bytes_unref);
  g_clear_pointer (&self->based_index.etag, g_free);
}

/* The page names what it is made of by paths from the root, which is another one where a proxy
 * shows us under a path of its own. There is one such path in the settings, so one page is kept. */
static const ReeveWebUiForm *
reeve_web_ui_assets_get_index (ReeveWebUiAssets *self, const char *base)
{
  const ReeveWebUiForm *plain = &self->index->forms[REEVE_WEB_UI_PLAIN];
  gsize length;
  const char *text = g_bytes_get_data (plain->bytes, &length);
  g_autofree char *sum = NULL;
  GString *page;

  if (g_strcmp0 (self->base, base) == 0)
    return &self->based_index;
  reeve_web_ui_assets_clear_base (self);
  page = g_string_new_len (text, (gssize) length);
  for (guint i = 0; i < G_N_ELEMENTS (reeve_web_ui_attributes); i++)
    {
      g_autofree char *from = g_strdup_printf ("%s=\"/", reeve_web_ui_attributes[i]);
      g_autofree char *to = g_strdup_printf ("%s=\"%s/", reeve_web_ui_attributes[i], base);

      g_string_replace (page, from, to, 0);
    }
  self->base = g_strdup (base);
  self->based_index.bytes = g_string_free_to_bytes (page);
  sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->based_index.bytes);
  self->based_index.etag = g_strdup_printf ("\"%.32s\"", sum);
  return &self->based_index;
}

void
reeve_web_ui_assets_free (ReeveWebUiAssets *self)
{
  if (self == NULL)
    return;
  reeve_web_ui_assets_clear_base (self);
  g_hash_table_unref (self->files);
  g_variant_unref (self->modules);
  g_free (self);
}

void
reeve_web_ui_assets_take_modules (ReeveWebUiAssets *self, GVariant *modules)
{
  g_variant_unref (self->modules);
  self->modules = modules;
}

GVariant *
reeve_web_ui_assets_get_modules (ReeveWebUiAssets *self)
{
  return self->modules;
}

/* ---- answering ---- */

/**
 * reeve_web_ui_assets_accepts:
 * @accept: (nullable): a request's Accept-Encoding
 * @encoding: "gzip" or "br"
 *
 * Returns: %TRUE if @encoding, or else "*", is in the list and not with a quality of zero
 */
gboolean
reeve_web_ui_assets_accepts (const char *accept, const char *encoding)
{
  g_auto (GStrv) parts = g_strsplit (accept != NULL ? accept : "", ",", -1);
  gboolean any = FALSE;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *quality = strchr (parts[i], ';');
      gboolean wanted = TRUE;

      if (quality != NULL)
        {
          *quality++ = '\0';
          quality += strspn (quality, " \t");
          wanted =
              g_ascii_strncasecmp (quality, "q=", 2) != 0 || g_ascii_strtod (quality + 2, NULL) > 0;
        }
      g_strstrip (parts[i]);
      if (g_ascii_strcasecmp (parts[i], encoding) == 0)
        return wanted;
      if (strcmp (parts[i], "*") == 0)
        any = wanted;
    }
  return any;
}

/* "*", or the tag itself in a list; a weak one counts as well. */
gboolean
reeve_web_ui_assets_matches (const char *if_none_match, const char *etag)
{
  g_auto (GStrv) parts = g_strsplit (if_none_match != NULL ? if_none_match : "", ",", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *part = g_strstrip (parts[i]);

      if (g_str_has_prefix (part, "W/"))
        part += 2;
      if (strcmp (part, etag) == 0 || strcmp (part, "*") == 0)
        return TRUE;
    }
  return FALSE;
}

static ReeveWebUiFormKind
reeve_web_ui_assets_choose (const ReeveWebUiAsset *asset, ReeveHttpRequest *request)
{
  const char *accept = reeve_http_request_get_header (request, "accept-encoding");

  for (guint i = REEVE_WEB_UI_BROTLI; i > REEVE_WEB_UI_PLAIN; i--)
    if (asset->forms[i].bytes != NULL &&
        reeve_web_ui_assets_accepts (accept, reeve_web_ui_encodings[i]))
      return i;
  return REEVE_WEB_UI_PLAIN;
}

static ReeveHttpResponse *
reeve_web_ui_assets_not_found (void)
{
  return reeve_http_response_new_refusal (404, "not-found", "Not found", "there is no such file");
}

/**
 * reeve_web_ui_assets_answer:
 * @self: the files
 * @request: a GET
 *
 * A path that is no file is one of the page's own places, and the page itself answers; only among
 * the assets there is nothing else to be found.
 *
 * Returns: (transfer full): the answer
 */
ReeveHttpResponse *
reeve_web_ui_assets_answer (ReeveWebUiAssets *self, ReeveHttpRequest *request)
{
  const char *path = reeve_http_request_get_path (request);
  const char *base = reeve_http_request_get_base (request);
  const ReeveWebUiAsset *asset = g_hash_table_lookup (self->files, path);
  const ReeveWebUiForm *form;
  ReeveWebUiFormKind kind;
  ReeveHttpResponse *response;

  if (asset == NULL && g_str_has_prefix (path, REEVE_WEB_UI_ASSETS_FOLDER))
    return reeve_web_ui_assets_not_found ();
  if (asset == NULL)
    asset = self->index;
  kind = reeve_web_ui_assets_choose (asset, request);
  form = &asset->forms[kind];
  if (asset == self->index && *base != '\0')
    {
      kind = REEVE_WEB_UI_PLAIN;
      form = reeve_web_ui_assets_get_index (self, base);
    }
  if (reeve_web_ui_assets_matches (reeve_http_request_get_header (request, "if-none-match"),
                                   form->etag))
    response = reeve_http_response_new (304, NULL, NULL);
  else
    {
      response = reeve_http_response_new (200, asset->type, form->bytes);
      if (kind != REEVE_WEB_UI_PLAIN)
        reeve_http_response_add_header (response, "Content-Encoding", reeve_web_ui_encodings[kind]);
    }
  reeve_http_response_add_header (response, "ETag", form->etag);
  reeve_http_response_add_header (response, "Vary", "Accept-Encoding");
  reeve_http_response_add_header (response, "Cache-Control",
                                  asset->immutable ? "public, max-age=31536000, immutable"
                                                   : "no-cache");
  return response;
}
