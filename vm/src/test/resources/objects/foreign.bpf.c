// SPDX-License-Identifier: Apache-2.0
// Nothing but a program that has no meaning here.
#include "sonde.h"

SEC("lsm/file_open")
int on_open(void *ctx)
{
	return 0;
}
