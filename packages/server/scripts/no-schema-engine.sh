#!/bin/sh
# Stands where Prisma looks for its native schema engine. Prisma asks for its version even if it does not use it.
[ "$1" = --version ] && echo 'schema-engine none' && exit
echo "This needs Prisma's native schema engine, which is not part of this service." >&2
exit 1
