#pragma once
// A short English text, written for this purpose: some description, speech, figures and instructions, so that a model
// sees several of the things that it will be asked to continue.

namespace godwit {

inline constexpr const char* calibration_text =
    "The river had been low all summer, and in the morning the boats lay on the mud like sleeping animals. A woman in "
    "a "
    "grey coat walked along the quay and counted them: seven, eight, nine. \"There were twelve in my father's time,\" "
    "she said to the boy beside her, \"and every one of them came back full.\"\n\n"
    "To mend a net, first wash it in clean water and hang it up to dry. Find the broken meshes, cut away the loose "
    "ends, "
    "and tie new twine to the nearest good knot. A square metre takes about forty minutes, and costs less than 3.50 in "
    "material. In 1986 the town counted 214 fishermen; twenty years later there were only 31, because the harbour had "
    "filled with sand and the price of fuel had doubled. What can be done about it is a question for engineers, but "
    "also "
    "for those who remember what the water looked like before.\n";

}  // namespace godwit
