/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where H2 2.3 executes a java.sql.Statement's SQL: every way in (executeQuery, executeUpdate,
 * executeLargeUpdate, execute and the batches, in all their forms) ends in one of these methods,
 * each statement in exactly one of them, once. The first argument behind the receiver is the SQL.
 */
#ifndef H2_H
#define H2_H

#include "sonde.h"

#define H2_QUERY "methodret/org.h2.jdbc.JdbcStatement.executeQuery(java.lang.String)"
#define H2_OTHER \
	"methodret/org.h2.jdbc.JdbcStatement.execute*Internal(java.lang.String, java.lang.Object)"

/* Defines the two programs that hand every statement's return to body(struct sonde_method *). */
#define H2_EVERY_STATEMENT(name, body) \
	SEC(H2_QUERY) \
	int name##_query(struct sonde_method *ctx) \
	{ \
		return body(ctx); \
	} \
	SEC(H2_OTHER) \
	int name##_other(struct sonde_method *ctx) \
	{ \
		return body(ctx); \
	}

/* Returns the handle of the statement's SQL. */
static __always_inline __u64 h2_sql(struct sonde_method *ctx)
{
	return PT_REGS_PARM2(&ctx->regs);
}

#endif
