#pragma once
// What Jinja's operators do with values: as Python does, on the types that templates use.

#include <string>

#include "runtime/jinja/context.h"

namespace godwit::jinja {

bool truth(const Value& value);

/// As `{{ value }}` prints it. Lists and mappings are refused.
std::string to_text(const Context& context, const Value& value);

/// "==", "!=", "<", "<=", ">", ">=", "in", "not in".
bool compare(const Context& context, const std::string& symbol, const Value& a, const Value& b);

/// "+", "-", "*", "%", "~"; integers and, for "+" and "~", strings and lists.
Value combine(const Context& context, const std::string& symbol, const Value& a, const Value& b);

/// container[key]: undefined where there is no such item.
Value item(const Context& context, const Value& container, const Value& key);

/// container[begin:end:step], each bound possibly undefined; lists and strings.
Value slice(const Context& context, const Value& container, const Value& begin, const Value& end, const Value& step);

/// What a loop goes over: the items of a list, the keys of a mapping, the characters of a string.
Value items_of(const Context& context, const Value& container);

}  // namespace godwit::jinja
