namespace Tda.Gateway.Configuration;

/// <summary>What a new configuration changes, and which of that needs a new process.</summary>
/// <param name="Options">The new options, with the old values of what needs a restart.</param>
/// <param name="Changed">Paths of what changed and is in force from now on.</param>
/// <param name="NeedsRestart">Paths of what changed and waits for a restart.</param>
internal sealed record ConfigChange(GatewayOptions Options, IReadOnlyList<string> Changed, IReadOnlyList<string> NeedsRestart)
{
    /// <summary>Compares two configurations member by member.</summary>
    public static ConfigChange Between(GatewayOptions old, GatewayOptions wanted)
    {
        var changed = new List<string>();
        var restart = new List<string>();
        return new((GatewayOptions)Merge(old, wanted, "", changed, restart), changed, restart);
    }

    private static object Merge(object old, object wanted, string path, List<string> changed, List<string> restart, bool needsRestart = false)
    {
        var merged = ConfigMember.Copy(wanted);
        foreach (var member in ConfigMember.Of(wanted.GetType()))
        {
            var memberPath = ConfigPath.Member(path, member.Name);
            var (before, after) = (member.Property.GetValue(old), member.Property.GetValue(wanted));
            if (ConfigMember.IsGroup(member.Type) && before is not null && after is not null)
            {
                member.Property.SetValue(merged, Merge(before, after, memberPath, changed, restart, needsRestart || member.NeedsRestart));
            }
            else if (needsRestart || member.NeedsRestart)
            {
                if (!Same(before, after))
                {
                    restart.Add(memberPath);
                    member.Property.SetValue(merged, before);
                }
            }
            else if (!Same(before, after))
            {
                changed.Add(memberPath);
            }
        }

        return merged;
    }

    // Records compare lists and dictionaries inside them by reference; as JSON they compare by what they hold.
    private static bool Same(object? a, object? b) => Equals(a, b) || JsonSerializer.Serialize(a) == JsonSerializer.Serialize(b);
}
