#pragma once
// Expressions of a template, compiled to closures.

#include "runtime/jinja/context.h"
#include "runtime/jinja/token_stream.h"

namespace godwit::jinja {

/// The expression that comes next. Throws UserError where there is none.
Expression parse_expression(TokenStream& tokens);

/// The same without `a if b else c` at its top, as in `for x in ...`.
Expression parse_operand(TokenStream& tokens);

}  // namespace godwit::jinja
