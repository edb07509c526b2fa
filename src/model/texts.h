#pragma once
// The small files of a checkpoint, by name: those of a folder, or those that an artefact carries with it.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace godwit {

class Texts {
 public:
  virtual ~Texts() = default;
  /// The file of this name, or nothing if there is none. Throws UserError if it is there and cannot be read.
  [[nodiscard]] virtual std::optional<std::string> read(const std::string& name) const = 0;
  /// The file for messages.
  [[nodiscard]] virtual std::string place(const std::string& name) const = 0;
};

class FolderTexts : public Texts {
 public:
  explicit FolderTexts(std::filesystem::path folder) : folder_(std::move(folder)) {}
  [[nodiscard]] std::optional<std::string> read(const std::string& name) const override;
  [[nodiscard]] std::string place(const std::string& name) const override { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

class KeptTexts : public Texts {
 public:
  KeptTexts(std::map<std::string, std::string> texts, std::string where)
      : texts_(std::move(texts)), where_(std::move(where)) {}
  [[nodiscard]] std::optional<std::string> read(const std::string& name) const override {
    const auto at = texts_.find(name);
    return at == texts_.end() ? std::nullopt : std::optional(at->second);
  }
  [[nodiscard]] std::string place(const std::string& name) const override { return where_ + ", " + name; }

 private:
  std::map<std::string, std::string> texts_;
  std::string where_;
};

}  // namespace godwit
