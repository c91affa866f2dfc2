"""Who sees a channel, read from Discord by ids: its server may be on a shard of another process, and what was
heard of it before it moved there is no longer true."""

import discord


async def sees(
    client: discord.Client, guild_id: int, channel_id: int, member: discord.Member, here: int
) -> bool:
    """Whether a member sees a channel of this server, by the roles and the channel's overwrites; an unknown
    channel is seen by nobody. Raises discord.HTTPException where Discord does not say.

    A thread is read by its parent's permissions, a private one too, and who is in that is not known without a
    privileged intent: it is seen from inside (`here`: the channel in which the member is), and by those who
    manage threads.
    """
    try:
        guild = await client.fetch_guild(guild_id, with_counts=False)
        channel = await guild.fetch_channel(channel_id)
        if not isinstance(channel, discord.Thread):
            return channel.permissions_for(member).view_channel
        parent = await guild.fetch_channel(channel.parent_id)
    except (discord.NotFound, discord.Forbidden, discord.InvalidData):
        return False
    allowed = parent.permissions_for(member)
    if channel.is_private():
        return allowed.manage_threads or (allowed.view_channel and channel_id == here)
    return allowed.view_channel
