# SPDX-License-Identifier: LGPL-2.1-or-later
# Reeve's own configure macros.

# REEVE_PLUGIN([id], [pkg-config dependencies], [one line of text])
# Gives --disable-plugin-ID, the automake conditional PLUGIN_ID, the variables
# PLUGIN_ID_CFLAGS and PLUGIN_ID_LIBS, and a line of the summary. ID is the id in
# upper case with each dash an underscore. A dependency that is not there ends
# configure with a word about how to go on without the plugin.
AC_DEFUN([REEVE_PLUGIN],
[m4_pushdef([_reeve_var], [PLUGIN_]m4_translit([$1], [a-z-], [A-Z_]))dnl
AC_ARG_ENABLE([plugin-$1],
  [AS_HELP_STRING([--disable-plugin-$1], [do not build $1: $3])],
  [], [AS_VAR_SET([enable_plugin_]m4_translit([$1], [-], [_]), [yes])])
m4_ifnblank([$2],
  [AS_IF([test "x$enable_plugin_]m4_translit([$1], [-], [_])[" != xno],
    [PKG_CHECK_MODULES(_reeve_var, [$2], [],
      [AC_MSG_ERROR([the plugin $1 needs $2: install the development packages or pass --disable-plugin-$1])])])],
  [AC_SUBST(_reeve_var[_CFLAGS])AC_SUBST(_reeve_var[_LIBS])])
AM_CONDITIONAL(_reeve_var, [test "x$enable_plugin_]m4_translit([$1], [-], [_])[" != xno])
AS_IF([test "x$enable_plugin_]m4_translit([$1], [-], [_])[" != xno],
  [reeve_plugins_on="$reeve_plugins_on $1"],
  [reeve_plugins_off="$reeve_plugins_off $1"])
m4_popdef([_reeve_var])dnl
])

# REEVE_CC_FLAGS([variable], [flags])
# Appends to the variable each flag that the compiler takes without a warning.
AC_DEFUN([REEVE_CC_FLAGS],
[AC_LANG_ASSERT([C])dnl
for reeve_flag in $2; do
  AS_VAR_PUSHDEF([reeve_cv], [reeve_cv_cc_$reeve_flag])dnl
  AC_CACHE_CHECK([whether $CC takes $reeve_flag], [reeve_cv],
    [reeve_save_CFLAGS=$CFLAGS
     CFLAGS="$CFLAGS -Werror $reeve_flag"
     AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
       [AS_VAR_SET([reeve_cv], [yes])], [AS_VAR_SET([reeve_cv], [no])])
     CFLAGS=$reeve_save_CFLAGS])
  AS_VAR_IF([reeve_cv], [yes], [$1="$$1 $reeve_flag"])
  AS_VAR_POPDEF([reeve_cv])dnl
done
AC_SUBST([$1])])
