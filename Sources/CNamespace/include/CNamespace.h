#ifndef CNAMESPACE_H
#define CNAMESPACE_H

// No header of the system here: a module that brings types of it along may be taken for their owner by Swift.

/// A folder that a confined program sees at another place, with all that is in it.
struct envlock_bound_folder {
  /// Where it lies.
  const char *_Nonnull folder;
  /// Where the program sees it: an absolute path, which is a folder below the root already.
  const char *_Nonnull place;
};

/// A program that is to see nothing of this machine but one folder.
struct envlock_confinement {
  /// The folder that is its root; it cannot write there. The folders /dev and /tmp are in it.
  const char *_Nonnull root;
  /// Folders that it may write to, `folder_count` of them.
  const struct envlock_bound_folder *_Nullable folders;
  int folder_count;
  /// Where it starts, as it sees it.
  const char *_Nonnull directory;
  /// The program, as it sees it, and its words and variables, each list with NULL at its end.
  const char *_Nonnull program;
  char *_Nullable const *_Nonnull arguments;
  char *_Nullable const *_Nonnull environment;
  /// What becomes its standard input, output and error.
  int input, output, error;
};

/// Which step failed.
enum envlock_confinement_step {
  envlock_step_none,
  /// Making the namespaces.
  envlock_step_namespaces,
  /// Becoming the user inside.
  envlock_step_user,
  /// Putting the folders together.
  envlock_step_folders,
  /// Starting the program.
  envlock_step_program,
};

/// Starts the program in user, mount, network, process, IPC and host name namespaces of its own, as a user without any
/// privilege, leading a process group of its own. Safe in a process with several threads.
///
/// Returns its process number; or -1, with the system's error number in `code` and what failed in `step`.
int envlock_start_confined(const struct envlock_confinement *_Nonnull confinement, int *_Nonnull code,
                             enum envlock_confinement_step *_Nonnull step);

/// Makes a pipe whose ends no program that is started inherits (pipe2(2)). Returns 0, or -1 with `errno` set.
int envlock_pipe(int ends[_Nonnull 2]);

/// Lets a program that is started have no file from the number `first` on; `actions` is a `posix_spawn_file_actions_t`.
/// Returns 0, or the error's number. glibc has it since 2.34.
int envlock_close_from(void *_Nonnull actions, int first);

#endif
