using System.Text.Json.Nodes;
using System.Text.Unicode;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;

namespace Tda.Curation.Formats.Records;

/// <summary>
/// Values of Arrow arrays as JSON. Numbers, booleans, lists and structs keep their kind; a map becomes an object where its keys are texts,
/// else a list of keys and values; dates and times become ISO 8601; bytes a text where they are UTF-8, else base64.
/// </summary>
internal static class ArrowValue
{
    /// <param name="array">The column, or a part of it.</param>
    /// <param name="index">The row.</param>
    /// <param name="largest">A text or bytes of more bytes are an error, found before they are copied.</param>
    /// <exception cref="OversizedValueException">A value is larger.</exception>
    /// <exception cref="DecoderFallbackException">A text isn't UTF-8.</exception>
    /// <exception cref="InvalidDataException">The type isn't known.</exception>
    public static JsonNode? ToJson(IArrowArray array, int index, int largest) => array.IsNull(index) ? null : array switch
    {
        // A string's array is a kind of the bytes' array: the more special type stands first.
        StringArray texts => JsonValue.Create(Charset.Utf8.GetString(Checked(texts.GetBytes(index), largest))),
        LargeStringArray texts => JsonValue.Create(Charset.Utf8.GetString(Checked(texts.GetBytes(index), largest))),
        StringViewArray texts => JsonValue.Create(Charset.Utf8.GetString(Checked(texts.GetBytes(index), largest))),
        BinaryArray bytes => OfBytes(Checked(bytes.GetBytes(index), largest)),
        LargeBinaryArray bytes => OfBytes(Checked(bytes.GetBytes(index), largest)),
        BinaryViewArray bytes => OfBytes(Checked(bytes.GetBytes(index), largest)),
        BooleanArray flags => JsonValue.Create(flags.GetValue(index)),
        Int8Array numbers => JsonValue.Create(numbers.GetValue(index)),
        Int16Array numbers => JsonValue.Create(numbers.GetValue(index)),
        Int32Array numbers => JsonValue.Create(numbers.GetValue(index)),
        Int64Array numbers => JsonValue.Create(numbers.GetValue(index)),
        UInt8Array numbers => JsonValue.Create(numbers.GetValue(index)),
        UInt16Array numbers => JsonValue.Create(numbers.GetValue(index)),
        UInt32Array numbers => JsonValue.Create(numbers.GetValue(index)),
        UInt64Array numbers => JsonValue.Create(numbers.GetValue(index)),
        HalfFloatArray numbers => OfNumber((double)numbers.GetValue(index)!.Value),
        FloatArray numbers => float.IsFinite(numbers.GetValue(index)!.Value) ? JsonValue.Create(numbers.GetValue(index)) : OfNumber(numbers.GetValue(index)!.Value),
        DoubleArray numbers => OfNumber(numbers.GetValue(index)!.Value),
        Decimal128Array numbers => JsonNode.Parse(numbers.GetString(index)!),
        Decimal256Array numbers => JsonNode.Parse(numbers.GetString(index)!),
        Date32Array dates => dates.GetDateOnly(index)?.ToString("O", CultureInfo.InvariantCulture),
        Date64Array dates => dates.GetDateOnly(index)?.ToString("O", CultureInfo.InvariantCulture),
        Time32Array times => times.GetTime(index)?.ToString("O", CultureInfo.InvariantCulture),
        Time64Array times => times.GetTime(index)?.ToString("O", CultureInfo.InvariantCulture),
        TimestampArray times => OfTimestamp(times, index),
        DurationArray spans => JsonValue.Create(spans.GetValue(index)),
        MapArray map => OfMap(map, index, largest),
        ListArray list => OfList(list.Values, list.ValueOffsets[index], list.ValueOffsets[index + 1], largest),
        LargeListArray list => OfList(list.Values, (int)list.ValueOffsets[index], (int)list.ValueOffsets[index + 1], largest),
        FixedSizeListArray list => OfFixed(list, index, largest),
        StructArray members => OfStruct(members, index, largest),
        DictionaryArray words => ToJson(words.Dictionary, PlaceOf(words.Indices, index), largest),
        FixedSizeBinaryArray bytes => OfBytes(Checked(bytes.GetBytes(index), largest)),
        NullArray => null,
        _ => throw new InvalidDataException($"it has values of the type {array.Data.DataType.Name}, which isn't read"),
    };

    private static ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> bytes, int largest) =>
        bytes.Length <= largest ? bytes : throw new OversizedValueException();

    private static JsonValue OfBytes(ReadOnlySpan<byte> bytes) =>
        JsonValue.Create(Utf8.IsValid(bytes) ? Charset.Utf8.GetString(bytes) : Convert.ToBase64String(bytes));

    /// <summary>JSON has no NaN and no infinity.</summary>
    private static JsonValue OfNumber(double number) =>
        double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(number.ToString(CultureInfo.InvariantCulture));

    private static JsonValue OfTimestamp(TimestampArray times, int index)
    {
        var time = times.GetTimestamp(index)!.Value;
        var hasZone = ((TimestampType)times.Data.DataType).Timezone is { Length: > 0 };
        return JsonValue.Create(hasZone
            ? time.ToString("O", CultureInfo.InvariantCulture)
            : time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture));
    }

    private static JsonArray OfList(IArrowArray values, int start, int end, int largest)
    {
        var list = new JsonArray();
        for (var i = start; i < end; i++)
        {
            list.Add(ToJson(values, i, largest));
        }

        return list;
    }

    private static JsonArray OfFixed(FixedSizeListArray list, int index, int largest)
    {
        var size = ((FixedSizeListType)list.Data.DataType).ListSize;
        var first = (list.Data.Offset + index) * size;
        return OfList(list.Values, first, first + size, largest);
    }

    private static JsonObject OfStruct(StructArray members, int index, int largest)
    {
        var type = (StructType)members.Data.DataType;
        var record = new JsonObject();
        for (var i = 0; i < type.Fields.Count; i++)
        {
            record[type.Fields[i].Name] = ToJson(members.Fields[i], index, largest);
        }

        return record;
    }

    private static JsonNode OfMap(MapArray map, int index, int largest)
    {
        var (start, end) = (map.ValueOffsets[index], map.ValueOffsets[index + 1]);
        if (map.Keys is StringArray keys)
        {
            var record = new JsonObject();
            for (var i = start; i < end; i++)
            {
                record[Charset.Utf8.GetString(keys.GetBytes(i))] = ToJson(map.Values, i, largest);
            }

            return record;
        }

        var pairs = new JsonArray();
        for (var i = start; i < end; i++)
        {
            pairs.Add(new JsonArray(ToJson(map.Keys, i, largest), ToJson(map.Values, i, largest)));
        }

        return pairs;
    }

    private static int PlaceOf(IArrowArray indices, int index) => indices switch
    {
        Int8Array places => places.GetValue(index)!.Value,
        Int16Array places => places.GetValue(index)!.Value,
        Int32Array places => places.GetValue(index)!.Value,
        UInt8Array places => places.GetValue(index)!.Value,
        UInt16Array places => places.GetValue(index)!.Value,
        _ => throw new InvalidDataException($"its dictionaries have places of the type {indices.Data.DataType.Name}, which isn't read"),
    };
}

/// <summary>A value is larger than a document may be.</summary>
internal sealed class OversizedValueException : Exception;
