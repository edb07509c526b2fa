#include "cli/verb.h"

int main(int argc, char** argv) {
  return godwit::godwit_main(argc, argv);
}
