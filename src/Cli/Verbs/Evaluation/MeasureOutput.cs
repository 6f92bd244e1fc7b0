using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using Tda.Cli.CommandLine;

namespace Tda.Cli.Verbs.Evaluation;

/// <summary>Prints measures: what can't be measured is NaN here and null in JSON, which has no NaN.</summary>
internal static class MeasureOutput
{
    /// <summary>How measures are written to files.</summary>
    public static JsonSerializerOptions Format { get; } = new(JsonDefaults.Indented) { Converters = { new NullForNaN() } };

    /// <summary>As <see cref="VerbContext.Done"/>.</summary>
    public static Task<int> Measured(this VerbContext context, object result, Action<IAnsiConsole> text) =>
        Task.FromResult(context.Done(context.Json ? JsonSerializer.SerializeToNode(result, result.GetType(), Format)! : result, text));

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
