using System.Text.Json.Serialization;
using Tda.Evaluation;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>What all measures share: opening a run or a bank, and printing. What can't be measured is NaN here and null in JSON, which has no NaN.</summary>
internal static class EvaluateContext
{
    /// <summary>A run as a table of queries and documents.</summary>
    public static RunTable OpenTable(this VerbContext context, string id)
    {
        using var run = ScoreRun.Open(context.Home.RunDirectory(id));
        return RunTable.Of(run);
    }

    /// <summary>A bank of the kind that a measure needs.</summary>
    public static RetrainingBank OpenBank(this VerbContext context, string name, BankKind kind)
    {
        var bank = RetrainingBank.Open(context.Home.BankDirectory(name));
        if (bank.Plan.Kind != kind)
        {
            throw new BadInputException(bank.Directory, $"is a bank of {Spelled(bank.Plan.Kind)}, and this measure needs one of "
                + $"{Spelled(kind)}");
        }

        if (bank.Missing.Count > 0)
        {
            context.Progress.Message($"{bank.Missing.Count:N0} retrainings are missing: graded by what is there.");
        }

        return bank;
    }

    /// <summary>How measures are written to files.</summary>
    public static JsonSerializerOptions Format { get; } = new(JsonDefaults.Indented) { Converters = { new NullForNaN() } };

    /// <summary>As <see cref="VerbContext.Done"/>.</summary>
    public static int Measured(this VerbContext context, object result, Action<IAnsiConsole> text) =>
        context.Done(context.Json ? JsonSerializer.SerializeToNode(result, result.GetType(), Format)! : result, text);

    private static string Spelled(BankKind kind) => kind switch
    {
        BankKind.HalfSubsets => "random half subsets",
        BankKind.AdaptiveHalves => "halves chosen for what they tell",
        BankKind.LeaveOneOut => "leave-one-out",
        _ => "removals",
    };

    private sealed class NullForNaN : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
