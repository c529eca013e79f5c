/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses that change their kind, and memory that changes its type. */
#include <murre/file.h>
#include <murre/inode.h>
#include <murre/syscall.h>

struct file *number_to_pointer(uint64_t n)
{
	return (struct file *)n; // wrong: [address-cast]
}

uint64_t pointer_to_number(const struct file *f)
{
	return (uint64_t)f; // wrong: [address-cast]
}

int user_address_to_pointer(user_int u)
{
	return *(int *)user_value(u); // wrong: [address-cast]
}

struct inode *another_type(struct dentry *d)
{
	return (struct inode *)d; // wrong: [address-cast]
}

struct inode *by_way_of_void(struct dentry *d)
{
	return (struct inode *)(void *)d; // wrong: [address-cast]
}

union word { struct file *pointer; uint64_t number; };

struct outer { struct list_node link; unsigned n; };

struct outer *from_a_member(struct list_node *node)
{
	return container_of(node, struct outer, link); // wrong: [container-of]
}
