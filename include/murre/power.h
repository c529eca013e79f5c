/* SPDX-License-Identifier: GPL-2.0-only */
/* The ends of the machine, reboot(2): each lets the drivers finish first and does not return. */
#pragma once
#include <murre/lock.h>

_Noreturn void power_off(struct can_sleep cs);
_Noreturn void power_restart(struct can_sleep cs);
_Noreturn void power_halt(struct can_sleep cs);
/* Ctrl-Alt-Del restarts at once (RB_ENABLE_CAD), else it is a SIGINT for the first process. */
extern bool ctrl_alt_del_restarts;
