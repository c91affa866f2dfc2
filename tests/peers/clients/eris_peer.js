// The peer on eris, which speaks TLS to port 443 only: its agent is made to connect to the sandbox instead.
const { Agent } = require("node:https");
const { connect } = require("node:net");
const { readFileSync } = require("node:fs");
const Eris = require("eris");

const [base, token, picture] = process.argv.slice(2);
const address = new URL(base);

class Home extends Agent {
  createConnection(options, connected) {
    return connect(Number(address.port), address.hostname, connected);
  }
}

const client = new Eris.Client(`Bot ${token}`, {
  intents: ["guilds"],
  rest: { domain: address.host, baseURL: address.pathname, agent: new Home() },
});

client.once("ready", () => client.bulkEditCommands([{
  type: 1,
  name: "draw",
  description: "Draw something",
  options: [
    { type: 3, name: "words", description: "What to draw", required: true, autocomplete: true },
    { type: 6, name: "friend", description: "For whom" },
  ],
}]));

async function draw(interaction) {
  const words = interaction.data.options.find((one) => one.name === "words").value;
  await interaction.defer();
  await interaction.editOriginalMessage("working");
  const file = { name: "fox.png", file: readFileSync(picture) };
  await interaction.editOriginalMessage({
    content: "",
    embeds: [{ title: "Drawn", description: words, image: { url: "attachment://fox.png" } }],
    components: [
      { type: 1, components: [{ type: 2, style: 1, custom_id: "again", label: "Again" }] },
      {
        type: 1,
        components: [{
          type: 3,
          custom_id: "color",
          options: [{ label: "Red", value: "Red" }, { label: "Blue", value: "Blue" }],
        }],
      },
    ],
  }, file);
}

function ask(interaction) {
  const words = { type: 4, custom_id: "words", label: "Words", style: 1 };
  return interaction.createModal({
    custom_id: "form", title: "Words", components: [{ type: 1, components: [words] }],
  });
}

client.on("interactionCreate", (interaction) => {
  if (interaction instanceof Eris.AutocompleteInteraction) {
    const said = `${interaction.data.options.find((one) => one.focused).value} fox`;
    return interaction.acknowledge([{ name: said, value: said }]);
  }
  if (interaction instanceof Eris.CommandInteraction) return draw(interaction);
  if (interaction instanceof Eris.ComponentInteraction) {
    if (interaction.data.component_type === 2) return ask(interaction);
    return interaction.editParent({ content: `picked ${interaction.data.values[0]}` });
  }
  const said = interaction.data.components[0].components[0].value;
  return interaction.createMessage({ content: `said ${said}`, flags: 64 });
});

client.on("error", (error) => console.error(error));
client.connect();
