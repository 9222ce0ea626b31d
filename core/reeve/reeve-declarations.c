/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a plugin said it will use: a plain list, kept in the order in which it was said. */

#include "config.h"

#include "reeve-declarations.h"

#include <string.h>

/* A plugin that declares more than this has a bug. */
#define REEVE_DECLARATIONS_MAX 256

typedef struct
{
  const char *type; /* "endpoint", "directory", "device", "socket", "program", "capability" */
  char *id;         /* of endpoints and capabilities */
  ReeveEndpointDirection direction;
  char *address;
  char *path;
  const char *access; /* "read", "write", or NULL */
  char *purpose;
  gboolean required;
} ReeveDeclaration;

struct _ReeveDeclarations
{
  GPtrArray *list; /* of ReeveDeclaration */
};

static void
reeve_declaration_free (gpointer data)
{
  ReeveDeclaration *self = data;

  g_free (self->id);
  g_free (self->address);
  g_free (self->path);
  g_free (self->purpose);
  g_free (self);
}

ReeveDeclarations *
reeve_declarations_new (void)
{
  ReeveDeclarations *self = g_new0 (ReeveDeclarations, 1);

  self->list = g_ptr_array_new_with_free_func (reeve_declaration_free);
  return self;
}

void
reeve_declarations_free (ReeveDeclarations *self)
{
  g_ptr_array_unref (self->list);
  g_free (self);
}

/* Always returns one to fill in; one over the limit is a bug of ours, said once and left out. */
static ReeveDeclaration *
reeve_declarations_add (ReeveDeclarations *self, const char *type, const char *purpose)
{
  ReeveDeclaration *declaration;

  if (self->list->len >= REEVE_DECLARATIONS_MAX)
    {
      g_critical ("more than %d declarations: %s for '%s' is left out", REEVE_DECLARATIONS_MAX,
                  type, purpose);
      return NULL;
    }
  declaration = g_new0 (ReeveDeclaration, 1);
  declaration->type = type;
  declaration->purpose = g_strdup (purpose);
  g_ptr_array_add (self->list, declaration);
  return declaration;
}

static void
reeve_declarations_add_path (ReeveDeclarations *self, const char *type, const char *path,
                             const char *access, const char *purpose)
{
  ReeveDeclaration *declaration;

  g_return_if_fail (path != NULL && g_path_is_absolute (path));
  declaration = reeve_declarations_add (self, type, purpose);
  if (declaration == NULL)
    return;
  declaration->path = g_strdup (path);
  declaration->access = access;
}

static const char *
reeve_access_to_string (ReeveAccess access)
{
  return access == REEVE_ACCESS_WRITE ? "write" : "read";
}

void
reeve_declarations_add_endpoint (ReeveDeclarations *self, ReeveEndpointDirection direction,
                                 const char *id, const char *address, const char *purpose,
                                 gboolean required)
{
  ReeveDeclaration *declaration;

  g_return_if_fail (id != NULL && *id != '\0' && address != NULL);
  if (reeve_declarations_has_endpoint (self, direction, id))
    {
      g_critical ("endpoint %s is declared twice", id);
      return;
    }
  declaration = reeve_declarations_add (self, "endpoint", purpose);
  if (declaration == NULL)
    return;
  declaration->id = g_strdup (id);
  declaration->direction = direction;
  declaration->address = g_strdup (address);
  declaration->required = required;
}

void
reeve_declarations_add_directory (ReeveDeclarations *self, const char *path, ReeveAccess access,
                                  const char *purpose)
{
  reeve_declarations_add_path (self, "directory", path, reeve_access_to_string (access), purpose);
}

void
reeve_declarations_add_device (ReeveDeclarations *self, const char *path, ReeveAccess access,
                               const char *purpose)
{
  reeve_declarations_add_path (self, "device", path, reeve_access_to_string (access), purpose);
}

void
reeve_declarations_add_socket (ReeveDeclarations *self, const char *path, const char *purpose)
{
  reeve_declarations_add_path (self, "socket", path, NULL, purpose);
}

void
reeve_declarations_add_program (ReeveDeclarations *self, const char *path, const char *purpose)
{
  reeve_declarations_add_path (self, "program", path, NULL, purpose);
}

void
reeve_declarations_add_capability (ReeveDeclarations *self, const char *name, const char *purpose)
{
  ReeveDeclaration *declaration;

  g_return_if_fail (name != NULL);
  declaration = reeve_declarations_add (self, "capability", purpose);
  if (declaration != NULL)
    declaration->id = g_strdup (name);
}

gboolean
reeve_declarations_has_endpoint (ReeveDeclarations *self, ReeveEndpointDirection direction,
                                 const char *id)
{
  for (guint i = 0; i < self->list->len; i++)
    {
      ReeveDeclaration *declaration = g_ptr_array_index (self->list, i);

      if (strcmp (declaration->type, "endpoint") == 0 && declaration->direction == direction &&
          strcmp (declaration->id, id) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
reeve_declarations_has_program (ReeveDeclarations *self, const char *path)
{
  for (guint i = 0; i < self->list->len; i++)
    {
      ReeveDeclaration *declaration = g_ptr_array_index (self->list, i);

      if (strcmp (declaration->type, "program") == 0 && strcmp (declaration->path, path) == 0)
        return TRUE;
    }
  return FALSE;
}

static GVariant *
reeve_declaration_to_variant (ReeveDeclaration *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "type", "s", self->type);
  g_variant_dict_insert (&dict, "purpose", "s", self->purpose);
  if (self->id != NULL)
    g_variant_dict_insert (&dict, "id", "s", self->id);
  if (self->address != NULL)
    {
      g_variant_dict_insert (&dict, "direction", "s",
                             self->direction == REEVE_ENDPOINT_LISTEN ? "listen" : "dial");
      g_variant_dict_insert (&dict, "address", "s", self->address);
      g_variant_dict_insert (&dict, "required", "b", self->required);
    }
  if (self->path != NULL)
    g_variant_dict_insert (&dict, "path", "s", self->path);
  if (self->access != NULL)
    g_variant_dict_insert (&dict, "access", "s", self->access);
  return g_variant_dict_end (&dict);
}

GVariant *
reeve_declarations_to_variant (ReeveDeclarations *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->list->len; i++)
    g_variant_builder_add_value (&builder,
                                 reeve_declaration_to_variant (g_ptr_array_index (self->list, i)));
  return g_variant_builder_end (&builder);
}
