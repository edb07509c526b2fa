#pragma once
// The functions, methods, filters and tests that chat templates call, by name.

#include <string>

#include "runtime/jinja/context.h"

namespace godwit::jinja {

/// name(...): raise_exception, namespace.
Value call_function(const Context& context, const std::string& name, const Arguments& arguments);

/// value.name(...): Python's methods of strings.
Value call_method(const Context& context, const Value& value, const std::string& name, const Arguments& arguments);

/// value | name(...)
Value apply_filter(const Context& context, const Value& value, const std::string& name, const Arguments& arguments);

/// value is name ...
bool test(const Context& context, const Value& value, const std::string& name, const Arguments& arguments);

}  // namespace godwit::jinja
