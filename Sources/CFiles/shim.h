#include <sys/sysmacros.h>
#include <sys/xattr.h>
