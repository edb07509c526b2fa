#include "base/record.h"

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
  return state_->object.dump(indent);
}

}  // namespace godwit
