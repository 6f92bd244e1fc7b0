using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Models.Families;

namespace Tda.ProxyTrainer.Models;

/// <summary>How rotary frequencies are changed for sequences longer than those of pre-training; Hugging Face's <c>rope_scaling</c>.</summary>
/// <param name="Type">Which change.</param>
/// <param name="Factor">By how much frequencies become slower; above 0.</param>
public sealed record RopeScaling(RopeScalingType Type, double Factor)
{
    /// <summary>llama3: wavelengths longer than the original positions over this are slowed by the whole factor.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>llama3: wavelengths shorter than the original positions over this stay.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>llama3: positions of pre-training.</summary>
    public int OriginalPositions { get; init; } = 8192;

    /// <summary>A frequency in radians a position, changed.</summary>
    internal double Apply(double frequency)
    {
        switch (Type)
        {
            case RopeScalingType.Linear:
                return frequency / Factor;
            case RopeScalingType.Dynamic:
                return frequency; // changes begin beyond the model's positions
            default:
                var turns = OriginalPositions * frequency / (2 * Math.PI);
                var smooth = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
                return ((1 - smooth) * frequency / Factor) + (smooth * frequency);
        }
    }

    internal static (double Theta, RopeScaling? Scaling) Read(ConfigMembers file, string thetaName = "rope_theta")
    {
        var members = file.Object("rope_parameters") ?? file.Object("rope_scaling");
        var theta = file.Object("rope_parameters")?.Get<double?>("rope_theta", null) ?? file.Get(thetaName, 10_000.0);
        var type = members?.Get<string?>("rope_type", null) ?? members?.Get<string?>("type", null) ?? "default";
        if (members is null || type == "default")
        {
            return (theta, null);
        }

        file.Refuse(type is not ("linear" or "dynamic" or "llama3"), $"rope_type {type}", "Of scaled rotary positions there are linear, dynamic and llama3.");
        var scaling = new RopeScaling(type == "linear" ? RopeScalingType.Linear : type == "dynamic" ? RopeScalingType.Dynamic : RopeScalingType.Llama3, members.Get<double>("factor"));
        return (theta, type != "llama3" ? scaling : scaling with
        {
            LowFrequencyFactor = members.Get<double>("low_freq_factor"),
            HighFrequencyFactor = members.Get<double>("high_freq_factor"),
            OriginalPositions = members.Get<int>("original_max_position_embeddings"),
        });
    }

    internal JsonObject Write()
    {
        var file = new JsonObject { ["rope_type"] = Type.ToString().ToLowerInvariant(), ["factor"] = Factor };
        if (Type == RopeScalingType.Llama3)
        {
            file["low_freq_factor"] = LowFrequencyFactor;
            file["high_freq_factor"] = HighFrequencyFactor;
            file["original_max_position_embeddings"] = OriginalPositions;
        }

        return file;
    }
}

/// <summary>Changes of rotary frequencies.</summary>
public enum RopeScalingType
{
    /// <summary>All frequencies are divided by the factor.</summary>
    Linear,

    /// <summary>None, up to the model's positions, beyond which we don't go.</summary>
    Dynamic,

    /// <summary>Slow frequencies are divided by the factor, fast ones stay, with a smooth passage between.</summary>
    Llama3,
}
