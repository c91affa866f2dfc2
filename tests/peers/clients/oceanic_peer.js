// The peer on oceanic.js.
const { readFileSync } = require("node:fs");
const { Client, ComponentTypes, InteractionTypes } = require("oceanic.js");

const [base, token, picture] = process.argv.slice(2);
const client = new Client({
  auth: `Bot ${token}`,
  gateway: { intents: ["GUILDS"] },
  rest: { baseURL: base },
});

client.once("ready", () => client.application.bulkEditGlobalCommands([{
  type: 1,
  name: "draw",
  description: "Draw something",
  options: [
    { type: 3, name: "words", description: "What to draw", required: true, autocomplete: true },
    { type: 6, name: "friend", description: "For whom" },
  ],
}]));

async function draw(interaction) {
  const words = interaction.data.options.getString("words");
  await interaction.defer();
  await interaction.editOriginal({ content: "working" });
  await interaction.editOriginal({
    content: "",
    embeds: [{ title: "Drawn", description: words, image: { url: "attachment://fox.png" } }],
    files: [{ name: "fox.png", contents: readFileSync(picture) }],
    components: [
      { type: 1, components: [{ type: 2, style: 1, customID: "again", label: "Again" }] },
      {
        type: 1,
        components: [{
          type: 3,
          customID: "color",
          options: [{ label: "Red", value: "Red" }, { label: "Blue", value: "Blue" }],
        }],
      },
    ],
  });
}

function ask(interaction) {
  const words = { type: 4, customID: "words", label: "Words", style: 1 };
  const rows = [{ type: 1, components: [words] }];
  return interaction.createModal({ customID: "form", title: "Words", components: rows });
}

client.on("interactionCreate", (interaction) => {
  switch (interaction.type) {
    case InteractionTypes.APPLICATION_COMMAND_AUTOCOMPLETE: {
      const said = `${interaction.data.options.getFocused().value} fox`;
      return interaction.result([{ name: said, value: said }]);
    }
    case InteractionTypes.APPLICATION_COMMAND:
      return draw(interaction);
    case InteractionTypes.MESSAGE_COMPONENT:
      if (interaction.data.componentType === ComponentTypes.BUTTON) return ask(interaction);
      return interaction.editParent({ content: `picked ${interaction.data.values.raw[0]}` });
    default:
      return interaction.createMessage({
        content: `said ${interaction.data.components.getTextInput("words")}`,
        flags: 64,
      });
  }
});

client.on("error", (error) => console.error(error));
client.connect();
