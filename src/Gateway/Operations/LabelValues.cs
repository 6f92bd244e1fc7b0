namespace Tda.Gateway.Operations;

/// <summary>The values of a metric's labels, in the order of its label names; null where it has fewer, or where one is unknown.</summary>
internal readonly record struct LabelValues(string? First = null, string? Second = null, string? Third = null, string? Fourth = null, string? Fifth = null)
{
    public string? this[int index] => index switch
    {
        0 => First,
        1 => Second,
        2 => Third,
        3 => Fourth,
        4 => Fifth,
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, "a metric has at most five labels"),
    };

    /// <summary>The labels with their names, as OpenTelemetry takes them; unknown ones are left out.</summary>
    public KeyValuePair<string, object?>[] Named(MetricInfo info)
    {
        var named = new List<KeyValuePair<string, object?>>(info.Labels.Length);
        for (var i = 0; i < info.Labels.Length; i++)
        {
            if (this[i] is { } value)
            {
                named.Add(new(info.Labels[i], value));
            }
        }

        return [.. named];
    }
}
