#include "base/record.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace godwit {

struct Record::State {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
};

namespace {

nlohmann::ordered_json number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

template <class Values, class Convert>
nlohmann::ordered_json list(const Values& values, const Convert& convert) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& value : values) out.push_back(convert(value));
  return out;
}

/// As dump() does, but a list of numbers, of which there may be thousands, stays on one line.
void print(std::string& out, const nlohmann::ordered_json& value, std::size_t indent, std::size_t depth) {
  const bool flat = std::none_of(value.begin(), value.end(), [](const auto& one) { return !one.is_primitive(); });
  if (!value.is_structured() || value.empty() || (value.is_array() && flat)) {
    out += value.dump();
    return;
  }
  out += value.is_array() ? "[" : "{";
  for (auto one = value.begin(); one != value.end(); ++one) {
    out += one == value.begin() ? "\n" : ",\n";
    out.append(indent * (depth + 1), ' ');
    if (value.is_object()) out += nlohmann::ordered_json(one.key()).dump() + ": ";
    print(out, *one, indent, depth + 1);
  }
  out += '\n';
  out.append(indent * depth, ' ');
  out += value.is_array() ? ']' : '}';
}

}  // namespace

Record::Record() : state_(std::make_unique<State>()) {}
Record::Record(const Record& other) : state_(std::make_unique<State>(*other.state_)) {}
Record::Record(Record&&) noexcept = default;
Record& Record::operator=(const Record& other) {
  if (this != &other) *state_ = *other.state_;
  return *this;
}
Record& Record::operator=(Record&&) noexcept = default;
Record::~Record() = default;

std::optional<Record> Record::parsed(std::string_view json) {
  Record record;
  record.state_->object = nlohmann::ordered_json::parse(json, nullptr, false);
  if (!record.state_->object.is_object()) return std::nullopt;
  return record;
}

Record& Record::set(std::string_view key, std::string_view value) {
  state_->object[std::string(key)] = repair_utf8(value);
  return *this;
}
Record& Record::set(std::string_view key, bool value) {
  state_->object[std::string(key)] = value;
  return *this;
}
Record& Record::set(std::string_view key, double value) {
  state_->object[std::string(key)] = number(value);
  return *this;
}
Record& Record::set_signed(std::string_view key, std::int64_t value) {
  state_->object[std::string(key)] = value;
  return *this;
}
Record& Record::set_unsigned(std::string_view key, std::uint64_t value) {
  state_->object[std::string(key)] = value;
  return *this;
}
Record& Record::set_null(std::string_view key) {
  state_->object[std::string(key)] = nullptr;
  return *this;
}
Record& Record::set(std::string_view key, const Record& value) {
  state_->object[std::string(key)] = value.state_->object;
  return *this;
}
Record& Record::set(std::string_view key, std::span<const int> values) {
  state_->object[std::string(key)] = list(values, [](int v) { return v; });
  return *this;
}
Record& Record::set(std::string_view key, std::span<const double> values) {
  state_->object[std::string(key)] = list(values, number);
  return *this;
}
Record& Record::set(std::string_view key, const std::vector<std::string>& values) {
  state_->object[std::string(key)] = list(values, [](const std::string& v) { return repair_utf8(v); });
  return *this;
}
Record& Record::set(std::string_view key, const std::vector<Record>& values) {
  state_->object[std::string(key)] = list(values, [](const Record& v) { return v.state_->object; });
  return *this;
}

std::string Record::text(int indent) const {
  if (indent < 0) return state_->object.dump();
  std::string out;
  print(out, state_->object, static_cast<std::size_t>(indent), 0);
  return out;
}

}  // namespace godwit
