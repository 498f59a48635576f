"""Cases and answers as JSON, for code in any language.

    arrays      an array as JSON has it: hexadecimal floats or decimal ones, exactly; read with the place of what is wrong
    tensors     arrays in a file of safetensors beside the JSON
    questions   a case as JSON, and a file of them: schemas/vectors.schema.json
    answers     a file of answers, schemas/answers.schema.json, read as results
    command     a program that is asked in JSON lines, over stdin and stdout
"""
