// The peer on discord.js.
const {
  ActionRowBuilder, ApplicationCommandOptionType, AttachmentBuilder, ButtonBuilder, ButtonStyle, Client,
  EmbedBuilder, Events, GatewayIntentBits, MessageFlags, ModalBuilder, StringSelectMenuBuilder,
  TextInputBuilder, TextInputStyle,
} = require("discord.js");

const [base, token, picture] = process.argv.slice(2);
const client = new Client({
  intents: [GatewayIntentBits.Guilds],
  rest: { api: base.replace(/\/v10$/, "") },
});

client.once(Events.ClientReady, () => client.application.commands.set([{
  name: "draw",
  description: "Draw something",
  options: [
    {
      type: ApplicationCommandOptionType.String, name: "words", description: "What to draw",
      required: true, autocomplete: true,
    },
    { type: ApplicationCommandOptionType.User, name: "friend", description: "For whom" },
  ],
}]));

async function draw(interaction) {
  const words = interaction.options.getString("words");
  await interaction.deferReply();
  await interaction.editReply("working");
  const button = new ButtonBuilder().setCustomId("again").setLabel("Again").setStyle(ButtonStyle.Primary);
  const menu = new StringSelectMenuBuilder().setCustomId("color")
    .addOptions({ label: "Red", value: "Red" }, { label: "Blue", value: "Blue" });
  await interaction.editReply({
    content: null,
    embeds: [new EmbedBuilder().setTitle("Drawn").setDescription(words).setImage("attachment://fox.png")],
    files: [new AttachmentBuilder(picture, { name: "fox.png", description: words })],
    components: [button, menu].map((part) => new ActionRowBuilder().addComponents(part)),
  });
}

function ask(interaction) {
  const words = new TextInputBuilder().setCustomId("words").setLabel("Words").setStyle(TextInputStyle.Short);
  const form = new ModalBuilder().setCustomId("form").setTitle("Words");
  return interaction.showModal(form.addComponents(new ActionRowBuilder().addComponents(words)));
}

client.on(Events.InteractionCreate, (interaction) => {
  if (interaction.isAutocomplete()) {
    const said = `${interaction.options.getFocused()} fox`;
    return interaction.respond([{ name: said, value: said }]);
  }
  if (interaction.isChatInputCommand()) return draw(interaction);
  if (interaction.isButton()) return ask(interaction);
  if (interaction.isStringSelectMenu()) {
    return interaction.update({ content: `picked ${interaction.values[0]}` });
  }
  const said = `said ${interaction.fields.getTextInputValue("words")}`;
  return interaction.reply({ content: said, flags: MessageFlags.Ephemeral });
});

client.login(token);
