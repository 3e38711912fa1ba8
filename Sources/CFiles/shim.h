#include <spawn.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

// Linux has them, and its headers show them to who asks for GNU's additions: pipe2(2), posix_spawn(3).
extern int pipe2(int ends[2], int flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
